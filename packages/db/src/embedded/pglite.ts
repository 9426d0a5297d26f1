import { PGlite } from '@electric-sql/pglite'
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin'
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm'
import { unaccent } from '@electric-sql/pglite/contrib/unaccent'
import { vector } from '@electric-sql/pglite-pgvector'

/**
 * Opens PGlite with the extensions that migrations may create. `dataDir` undefined: in memory, gone with the process.
 * Durability is strict: a commit is answered only after its write-ahead log is in the files.
 */
export function openPGlite(dataDir?: string): Promise<PGlite> {
  return PGlite.create({
    extensions: { btree_gin, pg_trgm, unaccent, vector },
    relaxedDurability: false,
    ...(dataDir === undefined ? {} : { dataDir }),
  })
}
