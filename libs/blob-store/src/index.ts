export { BlobStoreError, type BlobStore } from './blob-store.js';
export { openBlobStore, type BlobStoreSettings } from './open-blob-store.js';
export { FilesystemBlobStore } from './filesystem/filesystem.store.js';
export { S3BlobStore, type S3Options } from './s3/s3.store.js';
