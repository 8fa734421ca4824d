const base64url = '[\\w-]'
const alphanumeric = '[A-Za-z0-9]'

/** Tokens that their issuers made recognisable by a prefix, so that they can be found wherever they leak. What issuers document, or what their tokens look like. */
export const tokenForms: readonly string[] = [
  // Of Tessera itself.
  `tsk_${base64url}{43}`,
  // Clouds.
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}',
  `AIza${base64url}{35}`,
  `ya29\\.${base64url}{20,1024}`,
  `GOCSPX-${base64url}{28}`,
  'dop_v1_[a-f0-9]{64}',
  'dapi[a-f0-9]{32}',
  `hv[sb]\\.${base64url}{24,300}`,
  // Code and packages.
  `gh[pousr]_${alphanumeric}{36,255}`,
  'github_pat_\\w{22,255}',
  `gl(?:pat|ptt|dt|rt|ft|soat|cbt)-[\\w.-]{20,255}`,
  `npm_${alphanumeric}{36}`,
  `pypi-AgE${base64url}{50,1024}`,
  `dckr_pat_${base64url}{27}`,
  `ATATT3x${base64url}[\\w=-]{60,300}`,
  `lin_api_${alphanumeric}{40}`,
  `(?:ntn|secret)_${alphanumeric}{43}`,
  `figd_${base64url}{40}`,
  // Messages.
  'xox[abeoprs]-(?:[\\w]{1,40}-){1,4}[\\w]{10,200}',
  `xapp-\\d-${alphanumeric}{8,16}-\\d{8,16}-[a-f0-9]{32,80}`,
  `hooks\\.slack\\.com/(?:services|workflows)/${alphanumeric}{6,16}/${alphanumeric}{6,16}/${alphanumeric}{16,40}`,
  `SG\\.${base64url}{16,32}\\.${base64url}{32,64}`,
  `\\d{8,10}:AA${base64url}{33}`,
  'SK[a-f0-9]{32}',
  `key-[a-f0-9]{32}`,
  // Models.
  `sk-(?:[a-z0-9]{2,12}-){0,2}${base64url}{20,200}`,
  `hf_${alphanumeric}{34}`,
  `gsk_${alphanumeric}{40,60}`,
  `r8_${alphanumeric}{37}`,
  // Money and shops.
  `(?:sk|rk|pk)_(?:live|test)_${alphanumeric}{16,247}`,
  `whsec_${alphanumeric}{32,64}`,
  'shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}',
  `sq0(?:atp|csp)-${base64url}{22,43}`,
  // What is watched.
  `glsa_${alphanumeric}{32}_[a-f0-9]{8}`,
  `NRAK-[A-Z0-9]{27}`,
  `sntrys_[\\w+/=-]{40,400}`,
  // age, by its own format.
  'AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}',
]
