import { checkDatabase } from '../check/check.ts'

/* npm run db:check — needs no server. One line per problem on stderr, one line of JSON on stdout; exit 1 when there is a problem. */
const { problems, migrations } = await checkDatabase()
for (const { rule, object } of problems) process.stderr.write(`${rule}: ${object}\n`)
process.stdout.write(`${JSON.stringify({ migrations, problems: problems.length })}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
