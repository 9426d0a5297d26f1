import { migrate, MigrationError } from '../migrate/migrate.ts'

/*
 * npm run db:migrate [-- --url postgresql://…]
 * Applies what is missing to DATABASE_ADMIN_URL (else DATABASE_URL). Prints one line of JSON; exit 1 with one clear line on failure.
 */
const named = process.argv.indexOf('--url')
const url = named > 0 ? process.argv[named + 1] : process.env['DATABASE_ADMIN_URL'] ?? process.env['DATABASE_URL']
const write = (fields: object, message: string): void => { process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) }

if (!url) {
  process.stderr.write('set DATABASE_ADMIN_URL or DATABASE_URL, or pass --url: a login that owns the database and may create roles\n')
  process.exit(1)
}
try {
  const { applied } = await migrate({ url, log: { info: write, warn: write } })
  process.stdout.write(`${JSON.stringify({ applied })}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof MigrationError ? error.message : `the database could not be migrated: ${String(error)}`}\n`)
  process.exit(1)
}
