// `npm start`: the whole product under one supervisor, until Ctrl-C.
import { existsSync } from 'node:fs'
import { ConfigError, environmentWith, isSet, loadConfig, type Config } from '@intellidocs/kernel'
import picocolors from 'picocolors'
import { firstStart } from './first-start.ts'
import { StartError } from './start-error.ts'
import { startProduct } from './supervisor.ts'

const say = (line: string): void => void process.stderr.write(`${picocolors.dim('·')} ${line}\n`)

/** Settings of the file `.env`, where there is one; what the environment says already wins. */
function readConfig(): Config {
  if (existsSync('.env')) process.loadEnvFile('.env')
  // One of the two servers may be a person's own and the other ours: embedded then still means that the key may live in the data folder.
  const own = !isSet('DATABASE_URL') || !isSet('TEMPORAL_ADDRESS')
  return loadConfig(own && !isSet('INTELLIDOCS_EMBEDDED') ? environmentWith({ INTELLIDOCS_EMBEDDED: '1' }) : environmentWith({}))
}

async function main(): Promise<void> {
  const stopping = new AbortController()
  const asked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort())

  void asked.then(() => say('stopping …'))
  const config = readConfig()
  const product = await startProduct({ config, ui: true, say, signal: stopping.signal }).catch((error: unknown) => {
    if (stopping.signal.aborted) return null // stopped on demand while it was starting
    throw error
  })
  if (product === null) return say('stopped')
  try {
    if (product.administrator !== null) await firstStart({ product, administrator: product.administrator, signal: stopping.signal, out: process.stdout })
    if (!stopping.signal.aborted) process.stdout.write(welcome(product, config.mail))
    await asked
  } catch (error) {
    // The first start's show may fail while the product itself is well: say it and keep serving.
    if (!stopping.signal.aborted) {
      say(`the examples could not be shown: ${error instanceof Error ? error.message : String(error)}`)
      process.stdout.write(welcome(product, config.mail))
    }
    await asked
  } finally {
    await product.stop()
    say('stopped')
  }
}

type Places = { url: string; temporalUi: string | null; temporalAddress: string }

function welcome({ url, temporalUi, temporalAddress }: Places, mail: Config['mail']): string {
  return [
    '', picocolors.bold('IntelliDocs is ready'),
    `  API          ${url}`,
    `  Temporal UI  ${temporalUi ?? `of the server ${temporalAddress}`}`,
    `  mail         ${mail.kind === 'folder' ? `${mail.dir}, where it stays; SMTP_URL sends it` : `sent by ${mail.host}`}`,
    `  sign in      npx intellidocs login --url ${url}`,
    `  then         npx intellidocs search "what did the storm damage cost us"`,
    '  approve      npx intellidocs flows apply examples/flows/sign-off.yaml   (the README goes on from there)',
    '  stop         Ctrl-C', '',
  ].join('\n')
}

main().then(() => process.exit(0), (error: unknown) => {
  if (error instanceof StartError) process.stderr.write(`${error.message} -> ${error.mend}\n`)
  else if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? error.stack ?? error.message : String(error)}\n`)
  process.exit(1)
})
