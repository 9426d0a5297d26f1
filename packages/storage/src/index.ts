export { StorageError, type BlobStore, type ByteRange, type PutOptions, type StorageErrorKind, type StoredBlob } from './blob-store.ts'
export { createFileBlobStore } from './file-store.ts'
export { createS3BlobStore, type S3StoreOptions } from './s3-store.ts'
export { createBlobStore, type BlobStoreConfig } from './create-blob-store.ts'
