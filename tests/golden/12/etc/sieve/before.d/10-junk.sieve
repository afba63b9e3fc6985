# root:root 0644
# Compiled by Hongyan. Changes made here are lost.
require ["fileinto", "mailbox"];

if header :is "X-Spam" "Yes" {
    fileinto :create "Junk";
    stop;
}
