"""The command blocks of the user guide: what they are (`blocks`), what must be there before them (`pages`,
`preparations`), and a shell that runs them line by line (`shell`)."""
