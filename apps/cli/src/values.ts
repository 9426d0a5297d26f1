import { InvalidArgumentError } from 'commander'

/** A whole number of at least 1, for commander. */
export function positiveInteger(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A whole number of at least 1 is wanted.')
  return number
}

/** Codes with commas between them, for commander. */
export const languageCodes = (value: string): string[] => value.split(',').map((code) => code.trim()).filter((code) => code !== '')

/** A whole number of at least 0, for commander. */
export function wholeNumber(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isInteger(number) || number < 0) throw new InvalidArgumentError('A whole number is wanted.')
  return number
}
