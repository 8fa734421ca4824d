import type { ImagePart } from '@tessera/shared/contracts/model-router/prompt'

/** An image by its address, or by one that holds its bytes (RFC 2397); undefined for any other. */
export function imageSourceOf(url: string): ImagePart['source'] | undefined {
  const [, mediaType, base64] = /^data:(image\/[a-z0-9.+-]{1,40});base64,([A-Za-z0-9+/]+={0,2})$/i.exec(url) ?? []
  if (mediaType !== undefined && base64 !== undefined) return { mediaType: mediaType.toLowerCase(), base64 }
  return /^https?:\/\/\S+$/.test(url) && url.length <= 8192 ? { url } : undefined
}

export const imageRule = 'must be an http(s) address or a base64 data URL of an image'
