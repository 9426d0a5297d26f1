export { connectLazily, type LazyClient } from './client.ts'
export { createDataConverter, failureConverterPath } from './data-converter.ts'
export { ensureSchedule } from './schedule.ts'
