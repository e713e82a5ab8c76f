complete -c pffgen -l seed -d 'Where the random numbers begin' -r
complete -c pffgen -l messages -d 'How many messages' -r
complete -c pffgen -l folders -d 'How many folders' -r
complete -c pffgen -l shape -d 'What sort of messages: mail, calendar, contacts or mixed; or mail in folders of a certain shape: deep or wide' -r -f -a "mail\t'Mail'
calendar\t'Appointments'
contacts\t'Contacts'
mixed\t'Mostly mail, some of the others'
deep\t'Mail in folders in one another'
wide\t'Mail in one folder'"
complete -c pffgen -l attachments -d 'Which attachments: none, few, many or huge' -r -f -a "none\t'None'
few\t'A few, mostly small'
many\t'Many, mostly small'
huge\t'A few very large ones'"
complete -c pffgen -l size -d 'Bytes of the stream: 500KB, 10GB, 1GiB [default: as many as it takes]' -r
complete -c pffgen -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c pffgen -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pffgen -s V -l version -d 'Print version'
