# root:root 0755
#!/bin/sh
# Compiled by Hongyan. Changes made here are lost.
set -eu
umask 027
name=$(date -u +%Y%m%dT%H%M%S.%N)-$$
printf '{"at":"%s","address":"%s","level":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" "$2" "$1" > "/srv/hongyan/events/quota/.$name.new"
mv "/srv/hongyan/events/quota/.$name.new" "/srv/hongyan/events/quota/$name.json"
