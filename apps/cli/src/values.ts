import { InvalidArgumentError } from 'commander'

/** A whole number of at least 1, for commander. */
export function positiveInteger(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('A whole number of at least 1 is wanted.')
  return number
}
