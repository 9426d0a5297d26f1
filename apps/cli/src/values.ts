import { InvalidArgumentError } from 'commander'

/** A whole number of at least 1, for commander. */
export function positiveInteger(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A whole number of at least 1 is wanted.')
  return number
}

/** A whole number of at least 0, for commander. */
export function wholeNumber(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isInteger(number) || number < 0) throw new InvalidArgumentError('A whole number is wanted.')
  return number
}
