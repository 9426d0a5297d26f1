import type { ParserInput } from '../parser.types.ts'
import { parseParts } from './odf-parts.ts'

/** A page a sheet. */
export const parse = (input: ParserInput): Promise<void> => parseParts(input, 'table')
