import { unsupported } from '../../errors.ts'
import type { ParserInput } from '../parser.types.ts'
export async function parse(input: ParserInput): Promise<void> {
  throw unsupported(input.mime)
}
