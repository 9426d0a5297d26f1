export { testDatabase, type TestDatabase } from './database.ts'
export { createTestOrg, testActor, type TestOrg } from './org.ts'
export { asAdmin, startPostgresForRun, withDatabase, type PostgresForRun, type PostgresSource } from './servers/postgres.ts'
export { testTemporal } from './temporal.ts'
