complete -c pffgen -l seed -d 'Where the random numbers begin' -r
complete -c pffgen -l messages -d 'How many messages' -r
complete -c pffgen -l folders -d 'How many folders' -r
complete -c pffgen -l shape -d 'What sort of messages: mail, calendar, contacts or mixed' -r -f -a "mail\t'Mail'
calendar\t'Appointments'
contacts\t'Contacts'
mixed\t'Mostly mail, some of the others'"
complete -c pffgen -l size -d 'Bytes of all attachments together: 500KB, 10GB, 1GiB [default: every sixth message has one]' -r
complete -c pffgen -l loglevel -d 'What to tell: 1 critical, 2 errors, 3 warnings, 4 notices, 5 information, 6 everything' -r
complete -c pffgen -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pffgen -s V -l version -d 'Print version'
