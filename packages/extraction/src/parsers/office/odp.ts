import type { ParserInput } from '../parser.types.ts'
import { parseParts } from './odf-parts.ts'

/** A page a slide, its notes after what is on it. */
export const parse = (input: ParserInput): Promise<void> => parseParts(input, 'page')
