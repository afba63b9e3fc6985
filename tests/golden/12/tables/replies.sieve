# Compiled by Hongyan. Changes made here are lost.
require ["envelope", "subaddress", "variables", "editheader", "fileinto", "mailbox", "imap4flags", "vacation"];

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
set "dollar" "$";
if allof (envelope :user :is "to" "ivy", envelope :domain :is "to" "corp.test") {
    vacation :days 1 :from "ivy@corp.test" :addresses ["ivy@corp.test", "i@corp.test"] "Ivy \"left\". Cost: ${dollar}5, ${dollar}{1}\\

已離職，請聯絡 alice@corp.test。";
}
