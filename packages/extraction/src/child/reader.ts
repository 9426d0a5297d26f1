import sharp from 'sharp'
import { prepareEngine } from '../parsers/pdf/engine.ts'
import { readJob } from './read-job.ts'
import { serve } from './serve.ts'

// It keeps files it has looked into, by their paths.
sharp.cache(false)
await prepareEngine()
await serve(readJob)
