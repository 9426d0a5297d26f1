import {
  ColumnTypeEnum, DriverAdapterError, type ColumnType, type SqlDriverAdapter, type SqlMigrationAwareDriverAdapterFactory, type SqlQuery,
} from '@prisma/driver-adapter-utils'
import type pg from 'pg'

/** What the catalog queries of Prisma's schema engine return, by type oid. adapter-pg lacks "char" (18), which they all have. */
const columnTypes: Readonly<Record<number, ColumnType>> = {
  16: ColumnTypeEnum.Boolean, 18: ColumnTypeEnum.Character, 19: ColumnTypeEnum.Text, 20: ColumnTypeEnum.Int64, 21: ColumnTypeEnum.Int32,
  23: ColumnTypeEnum.Int32, 25: ColumnTypeEnum.Text, 26: ColumnTypeEnum.Int64, 1003: ColumnTypeEnum.TextArray, 1009: ColumnTypeEnum.TextArray,
  1043: ColumnTypeEnum.Text, 1005: ColumnTypeEnum.Int32Array, 1007: ColumnTypeEnum.Int32Array,
}

const typeOf = (oid: number): ColumnType => {
  const type = columnTypes[oid]
  if (type === undefined) throw new DriverAdapterError({ kind: 'UnsupportedNativeDataType', type: String(oid) })
  return type
}

/**
 * A driver adapter for comparing, nothing else: it reads the catalog of a throw-away database. There is no shadow database, on purpose:
 * adapter-pg's would be the real one whenever the connection string names a database.
 */
export function catalogAdapter(client: pg.Client): SqlMigrationAwareDriverAdapterFactory {
  const send = (query: SqlQuery): Promise<pg.QueryArrayResult<unknown[]>> =>
    client.query<unknown[]>({ text: query.sql, values: [...query.args], rowMode: 'array' })
  const never = async (): Promise<never> => { throw new Error('the drift check only reads') }
  const adapter: SqlDriverAdapter = {
    provider: 'postgres',
    adapterName: 'intellidocs-catalog',
    async queryRaw(query) {
      const { fields, rows } = await send(query)
      return { columnNames: fields.map((field) => field.name), columnTypes: fields.map((field) => typeOf(field.dataTypeID)), rows }
    },
    async executeRaw(query) { return (await send(query)).rowCount ?? 0 },
    executeScript: never,
    startTransaction: never,
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    dispose: async () => { /* the client belongs to the caller */ },
  }
  return { provider: 'postgres', adapterName: 'intellidocs-catalog', connect: async () => adapter, connectToShadowDb: never }
}
