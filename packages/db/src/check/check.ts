import { migrate } from '../migrate/migrate.ts'
import { drift, readSchema } from './drift.ts'
import { compareIndexes, handWrittenIndexes, readIndexList } from './indexes.ts'
import { brokenRules, type Problem } from './rules.ts'
import { throwAwayDatabase } from './throw-away.ts'

/** Applies all migrations to a throw-away database and holds it against the Prisma schema, the list of indexes and the rules of tenancy. */
export async function checkDatabase(): Promise<{ problems: Problem[]; migrations: number }> {
  const database = await throwAwayDatabase()
  try {
    const silent = (): void => undefined
    const { applied } = await migrate({ url: database.url, log: { info: silent, warn: silent } })
    const different = await drift(database.client, await readSchema())
    const problems = [
      ...(different === undefined ? [] : [{ rule: 'schema-drift', object: different.trim() }]),
      ...await brokenRules(database.client),
      ...compareIndexes(await readIndexList(), await handWrittenIndexes(database.client)),
    ]
    return { problems, migrations: applied.length }
  } finally {
    await database.close()
  }
}
