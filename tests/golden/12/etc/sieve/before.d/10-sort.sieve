# root:root 0644
# Compiled by Hongyan. Changes made here are lost.
require ["envelope", "subaddress", "variables", "editheader", "fileinto", "mailbox", "imap4flags"];

if envelope :detail :matches "to" "hongyan-sent.*=*" {
    set "writer" "${1}@${2}";
    deleteheader "X-Hongyan-Sender";
    addheader "X-Hongyan-Sender" "${writer}";
    fileinto :create :flags "\\Seen" "Sent";
    stop;
}
if header :is "X-Spam" "Yes" {
    fileinto :create "Junk";
    stop;
}
