import picocolors from 'picocolors'
import { ask, ingestExamples, questions, signIn } from './archive.ts'
import { showHit } from './passages.ts'
import { createProgress } from './progress.ts'
import type { Administrator, Product } from './supervisor.ts'

type FirstStart = { product: Product; administrator: Administrator; signal: AbortSignal; out: NodeJS.WriteStream }

/** An empty data folder: shows the new account once, reads the examples through the public API, and asks two questions. */
export async function firstStart({ product, administrator, signal, out }: FirstStart): Promise<void> {
  const { email, org, password } = administrator
  out.write([
    '', picocolors.bold('A first account was made'),
    `  e-mail        ${email}`, `  password      ${password ?? 'the one of ADMIN_PASSWORD'}${password === null ? '' : picocolors.dim('   (shown this once)')}`,
    `  organization  ${org}`, '',
  ].join('\n'))
  const secret = password ?? product.givenPassword
  if (secret === null) return

  const client = await signIn(product.url, { email, org, password: secret })
  try {
    out.write(`\n${picocolors.bold('Reading the examples')}\n`)
    await ingestExamples(client, createProgress(out), signal)
    for (const question of questions) {
      const hits = await ask(client, question)
      out.write(`\n${picocolors.bold(`Search: ${question}`)}\n`)
      out.write(hits.length === 0 ? '  nothing was found\n' : hits.slice(0, 3).map((hit, index) => showHit(hit, index + 1)).join(''))
    }
  } finally {
    await client.close()
  }
}
