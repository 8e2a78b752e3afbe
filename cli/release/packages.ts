/** The packages that are published. */

export interface PublishedPackage {
  /** Below the repository's top. */
  readonly folder: string;
}

export const PACKAGES: readonly PublishedPackage[] = [
  { folder: 'client' },
  { folder: 'functions' },
];
