import type { BigIntStats } from 'node:fs'

/** Size and times: `mtime` tells changes of the content, `ctime` those that set `mtime` back. */
export const fingerprintOf = ({ size, mtimeNs, ctimeNs }: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs'>) =>
  `${size}:${mtimeNs}:${ctimeNs}`

/**
 * Whether a file was changed so shortly before `nowMs` that a second change could leave the same times behind. File systems count in
 * steps of up to two seconds.
 */
export const isFreshlyChanged = ({ mtimeMs, ctimeMs }: Pick<BigIntStats, 'mtimeMs' | 'ctimeMs'>, nowMs: number) =>
  nowMs - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs) < 2000
