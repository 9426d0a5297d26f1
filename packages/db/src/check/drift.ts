import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import type pg from 'pg'
import { catalogAdapter } from './catalog-adapter.ts'

export const SCHEMA_DIR = fileURLToPath(new URL('../../../../prisma/schema', import.meta.url))

export type SchemaFile = { readonly path: string; readonly content: string }

export async function readSchema(dir: string = SCHEMA_DIR): Promise<SchemaFile[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.prisma')).sort()
  return Promise.all(names.map(async (name) => ({ path: join(dir, name), content: await readFile(join(dir, name), 'utf8') })))
}

/**
 * What would have to change in a migrated database to be what the Prisma schema says, as Prisma's own engine sees it: tables, columns,
 * defaults, keys, plain indexes. It does not see row-level security, checks, functions, triggers, views, partial and expression indexes.
 * @returns SQL of the difference; undefined when there is none
 */
export async function drift(client: pg.Client, files: readonly SchemaFile[]): Promise<string | undefined> {
  const datamodels = files.map((file): [string, string] => [file.path, file.content])
  const container = { files: files.map((file) => ({ ...file })) }
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(catalogAdapter(client)))
  try {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', ...container, configDir: SCHEMA_DIR },
      to: { tag: 'schemaDatamodel', ...container },
      script: true, exitCode: true, filters: { externalTables: [], externalEnums: [] },
    })
    return exitCode === 0 ? undefined : stdout ?? 'the schema differs'
  } finally {
    engine.free()
  }
}
