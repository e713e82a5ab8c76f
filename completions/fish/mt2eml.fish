complete -c mt2eml -s o -l output -d 'The directory to write to' -r -F
complete -c mt2eml -l zip -d 'Write a zip file instead' -r -F
complete -c mt2eml -l mail -d 'How mail is kept: eml (a file each), mbox or maildir (one a folder)' -r -f -a "eml\t'A file of its own for each'
mbox\t'One mbox a folder'
maildir\t'One Maildir a folder'"
complete -c mt2eml -l calendar -d 'What an iCalendar file holds: a folder or an item' -r -f -a "folder\t'All of a folder'
item\t'One item'"
complete -c mt2eml -l contacts -d 'What a file of contacts holds: a folder or an item (vCard), or csv or thunderbird-csv, a folder [default: folder]' -r -f -a "folder\t'All of a folder, as vCards'
item\t'One item, as a vCard'
csv\t'All of a folder, as CSV with the columns of Outlook'
thunderbird-csv\t'The same with the columns of Thunderbird'"
complete -c mt2eml -l vcard -d 'Which vCard is written: 4.0 or 3.0, for older programs' -r -f -a "3.0\t'RFC 2426'
4.0\t'RFC 6350'"
complete -c mt2eml -l ifb -d 'Write when the calendars are busy to FreeBusy.ifb, for a range in UTC: 2024-01-01/2025-01-01' -r
complete -c mt2eml -l layout -d 'How it is arranged: by folder, or by user: Calendar.ics, Tasks.ics, Contacts.csv and a directory mail' -r -f -a "folder\t'Like the folders'
user\t'One file of each kind for a user, beside the mail'"
complete -c mt2eml -l index -d 'The form of the index: jsonl or csv' -r -f -a "jsonl\t'JSON Lines'
csv\t'CSV'"
complete -c mt2eml -l folder -d 'Take only these folders, with all below them; may be repeated' -r
complete -c mt2eml -l exclude -d 'Leave these folders out, with all below them; may be repeated' -r
complete -c mt2eml -l class -d 'Take only items of this message class, such as IPM.Note, and of those derived from it; may be repeated' -r
complete -c mt2eml -l since -d 'Take only items from this time on: a date, a date and time, or how long ago (30d, 6months)' -r
complete -c mt2eml -l until -d 'Take only items up to this time; a date is meant with the whole day' -r
complete -c mt2eml -l max-size -d 'Leave items out that are larger in the stream: 500KB, 20MB, 1GiB' -r
complete -c mt2eml -l ex-map -d 'A file of X.500 addresses of Exchange and the SMTP addresses that belong to them, a pair a line' -r -F
complete -c mt2eml -l charset -d 'Code page of 8-bit text of a PFF file that says nothing of its own [default: the file\'s, else 1252]' -r
complete -c mt2eml -l recover -d 'Search the whole file for what the trees don\'t reach, even where they are sound; =deleted: for deleted items, too' -r -f -a "auto\t'What folders still list'
deleted\t'Deleted items, too, in a folder of their own'"
complete -c mt2eml -l limit -d 'Set a limit (embedding, folders, levels, pages, inflated, value, items, objects, item); may be repeated' -r
complete -c mt2eml -l ledger -d 'Write one line of JSON for each item that is not whole, and a last one with the totals' -r -F
complete -c mt2eml -l jobs -d 'Threads that write; the output is the same for any number [default: one a core]' -r
complete -c mt2eml -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c mt2eml -s f -l force -d 'Write into a directory that is not empty, and replace files of the same name'
complete -c mt2eml -l keep-rtf -d 'Attach the RTF of a body that is kept as such, too'
complete -c mt2eml -l unwrap-tnef -d 'Put what is in TNEF streams (winmail.dat) in their place'
complete -c mt2eml -l with-assoc -d 'Take associated items (FAI: views, rules, settings), too'
complete -c mt2eml -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mt2eml -s V -l version -d 'Print version'
