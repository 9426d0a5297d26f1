import { fileURLToPath } from 'node:url'
import type { DataConverter } from '@temporalio/common'
import { createPayloadCodec, type CodecOptions } from './codec.ts'

export const failureConverterPath = fileURLToPath(new URL('failure-converter.ts', import.meta.url))

/** The same for the worker and for every client; with another one histories cannot be read. */
export const createDataConverter = (options: CodecOptions): DataConverter => ({ payloadCodecs: [createPayloadCodec(options)], failureConverterPath })
