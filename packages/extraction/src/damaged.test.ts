import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { damaged } from '../../../scripts/examples/damage.ts'
import { random } from '../../../scripts/examples/random.ts'
import { describeFailure } from './child/failure.ts'
import { ExtractionError } from './errors.ts'
import { readHere } from './testing/read-here.ts'

const examples = join(import.meta.dirname, '..', '..', '..', 'examples')
const names = ['', 'formats'].flatMap((folder) => readdirSync(join(examples, folder)).map((name) => join(folder, name))).filter((name) => /\.\w+$/.test(name) && !name.endsWith('README.md'))
/** Of each example; `npm run faults` reads 2,000 through the whole product. */
const forms = 10
const seed = 20_261_130

/** Of the locked ones: what lies behind their locks is read as well. */
const passwordOf = (name: string): string | null => (!name.includes('-locked') ? null : /salary-bands|papers-locked\.zip$/.test(name) ? 'spring tide' : 'spring tïde')

/** The reason a file ends with, as the child would say it; null when it was read. */
async function reasonOf(bytes: Buffer, password: string | null): Promise<string | null> {
  return readHere(bytes, { password }).then(() => null, (error: unknown) => (error instanceof ExtractionError ? error.reason : describeFailure(error).reason))
}

test.each(names)('%s with a few bytes changed is read or says why not, and it is never our fault', async (name) => {
  const bytes = await readFile(join(examples, name))
  const password = passwordOf(name)
  expect(await reasonOf(bytes, password)).toSatisfy((reason: string | null) => reason === null || name.includes('half-a-report'))
  const next = random(seed)
  for (let form = 0; form < forms; form += 1) {
    const reason = await reasonOf(damaged(bytes, next), password)
    expect(['internal', 'cancelled'], `form ${form}`).not.toContain(reason)
  }
})
