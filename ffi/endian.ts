/** Ports and struct fields in the byte order of this machine. A DataView would be slower for each event. @module */

export const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

export function getU32(bytes: Uint8Array, offset: number): number {
  return LITTLE_ENDIAN
    ? (bytes[offset] | bytes[offset + 1] << 8 | bytes[offset + 2] << 16 | bytes[offset + 3] << 24) >>> 0
    : (bytes[offset + 3] | bytes[offset + 2] << 8 | bytes[offset + 1] << 16 | bytes[offset] << 24) >>> 0;
}

export function setU32(bytes: Uint8Array, offset: number, value: number): void {
  const low = LITTLE_ENDIAN ? offset : offset + 3;
  const step = LITTLE_ENDIAN ? 1 : -1;
  bytes[low] = value;
  bytes[low + step] = value >>> 8;
  bytes[low + 2 * step] = value >>> 16;
  bytes[low + 3 * step] = value >>> 24;
}

export function getU16(bytes: Uint8Array, offset: number): number {
  return LITTLE_ENDIAN ? bytes[offset] | bytes[offset + 1] << 8 : bytes[offset + 1] | bytes[offset] << 8;
}

export function setU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[LITTLE_ENDIAN ? offset : offset + 1] = value;
  bytes[LITTLE_ENDIAN ? offset + 1 : offset] = value >>> 8;
}
