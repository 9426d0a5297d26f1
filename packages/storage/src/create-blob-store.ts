import type { BlobStore } from './blob-store.ts'
import { createFileBlobStore } from './file-store.ts'
import { createS3BlobStore, type S3StoreOptions } from './s3-store.ts'

/** As in the configuration: `BLOBS=file:<dir>` or `BLOBS=s3://bucket?endpoint=…`. */
export type BlobStoreConfig =
  | { readonly kind: 'file'; readonly dir: string }
  | ({ readonly kind: 's3' } & Pick<S3StoreOptions, 'bucket' | 'endpoint' | 'region' | 'prefix'>)

/** The store that the configuration names. `spoolDir` is where bytes on their way to S3 wait; the file store needs none. */
export function createBlobStore(config: BlobStoreConfig, options: { spoolDir?: string } = {}): BlobStore {
  return config.kind === 'file' ? createFileBlobStore(config.dir) : createS3BlobStore({ ...config, ...options })
}
