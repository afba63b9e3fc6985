# root:root 0755
#!/bin/sh
# Compiled by Hongyan. Changes made here are lost.
set -eu
umask 027
name=$(date -u +%Y%m%dT%H%M%S.%N)-$$
printf '{"at":"%s","address":"%s","level":"%s"}\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)" "$2" "$1" > "/srv/hongyan/events/quota/.$name.new"
mv "/srv/hongyan/events/quota/.$name.new" "/srv/hongyan/events/quota/$name.json"

umask 022
exec 9> "/srv/hongyan/state/filling/mailboxes.lock"
flock 9
{ grep -v -F -x "$2	ask_quota" "/srv/hongyan/state/filling/mailboxes" || true; } > "/srv/hongyan/state/filling/mailboxes.new"
[ "$1" = below ] || printf '%s\task_quota\n' "$2" >> "/srv/hongyan/state/filling/mailboxes.new"
mv "/srv/hongyan/state/filling/mailboxes.new" "/srv/hongyan/state/filling/mailboxes"
exec /usr/sbin/postmap -c "/srv/hongyan/live/etc/postfix" "cdb:/srv/hongyan/state/filling/mailboxes"
