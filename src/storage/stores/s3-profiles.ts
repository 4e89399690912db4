/** The makes of S3 that differ in how they are asked. What they can do besides is found out at the start. */
export const s3Profiles = ['aws', 'r2', 'minio', 'swift'] as const
export type S3Profile = (typeof s3Profiles)[number]

interface Habits {
  /** Whether the bucket stands in the path, for hosts without a name for each bucket. */
  readonly pathStyle: boolean
  /** Where no region is set; null leaves it to what the SDK finds on the machine. */
  readonly region: string | null
  readonly needsEndpoint: boolean
}

/** What is sent differently to each. Ceph and most others are asked as MinIO is. */
export const habitsOf: Readonly<Record<S3Profile, Habits>> = {
  aws: { pathStyle: false, region: null, needsEndpoint: false },
  r2: { pathStyle: true, region: 'auto', needsEndpoint: true },
  minio: { pathStyle: true, region: 'us-east-1', needsEndpoint: true },
  swift: { pathStyle: true, region: 'us-east-1', needsEndpoint: true },
}
