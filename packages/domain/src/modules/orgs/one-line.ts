/** What a line of a mail may not hold: control characters, line separators, marks that turn the direction of writing. */
const UNFIT = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** A name as one line of a mail; `otherwise` where nothing of it is left. */
export const oneLine = (name: string, otherwise: string): string => name.replaceAll(UNFIT, ' ').trim().slice(0, 200) || otherwise
