complete -c exmls -s u -l user -d 'The user whose mailbox it is, as it was given to mt2exm' -r
complete -c exmls -l at -d 'Where the mailbox is: store:DIR' -r
complete -c exmls -l props -d 'Show one folder or message with all of its properties' -r
complete -c exmls -s r -l messages -d 'Show the messages, too'
complete -c exmls -l check -d 'Check that the mailbox is sound'
complete -c exmls -l json -d 'Show it as JSON'
complete -c exmls -s h -l help -d 'Print help'
complete -c exmls -s V -l version -d 'Print version'
