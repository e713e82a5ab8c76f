complete -c mt2exm -s u -l user -d 'The user whose mailbox it is, an address or just a name' -r
complete -c mt2exm -l at -d 'Where the mailbox is: store:DIR. With -u, too, the user only gives the domain of addresses that are made up' -r
complete -c mt2exm -s B -l base -d 'The folder for what the stream gives no place' -r
complete -c mt2exm -l ledger -d 'Write one line of JSON for each item that is not whole, and a last one with the totals' -r -F
complete -c mt2exm -l user-id -d 'The number of the user on the server that is to serve the mailbox later (users.id)' -r
complete -c mt2exm -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c mt2exm -s c -l continue -d 'Go on with the next message when one can\'t be written'
complete -c mt2exm -s t -l tree -d 'Show the stream'
complete -c mt2exm -s p -l properties -d 'Show properties, too (with -t or without)'
complete -c mt2exm -s v -l verbose -d 'Say which folders and messages were created'
complete -c mt2exm -s x -l existing -d 'Put things into folders of the same name that are there already; without it they are refused, but for special folders'
complete -c mt2exm -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mt2exm -s V -l version -d 'Print version'
