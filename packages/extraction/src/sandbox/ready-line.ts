/** What a reader says, and nothing else, when it is as it was at its start and may be asked for the next file. */
export const readyLine = '{"type":"ready"}'
