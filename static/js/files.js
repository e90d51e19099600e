const TAKEN = ['image/png', 'image/jpeg', 'image/webp'];

/** The server takes as much of every type; a part of its 1 MiB goes to what stands around the picture. */
const MAX_BYTES = 1000000;
const MAX_PIXELS = 4000000;
const MAX_SIDE = 4096;

const SHRUNK_SIDE = 1024;
const PAPER = '#fff';

export const UNREADABLE = 'This browser cannot open that file. PNG, JPEG and WebP pictures work.';

/**
 * The first file that was chosen, dropped or pasted.
 * @param {DataTransfer | HTMLInputElement | null} source
 * @returns {File | null}
 */
export function fileOf(source) {
  return source?.files?.[0] ?? null;
}

/**
 * Make a file ready for the paper and for the server. What the server takes goes as it is; a photograph that is too
 * large, or a picture of another type, is drawn anew.
 * @param {Blob} file
 * @param {{decode?: (file: Blob) => Promise<ImageBitmap>, redraw?: typeof onCanvas}} [tools]
 * @returns {Promise<{blob: Blob, bitmap: ImageBitmap | HTMLCanvasElement} | null>} null when it is no picture
 */
export async function intake(file, { decode = createImageBitmap, redraw = onCanvas } = {}) {
  let bitmap;
  try {
    bitmap = await decode(file);
  } catch {
    return null;
  }
  if (TAKEN.includes(file.type) && file.size <= MAX_BYTES && isSmall(bitmap)) return { blob: file, bitmap };
  const redrawn = await redraw(bitmap, fitted(bitmap));
  bitmap.close();
  return redrawn;
}

function isSmall({ width, height }) {
  return Math.max(width, height) <= MAX_SIDE && width * height <= MAX_PIXELS;
}

/** Its own size, or as much smaller as it takes. */
export function fitted({ width, height }) {
  const scale = Math.min(1, SHRUNK_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Transparent where the picture is: the server knows what ink on a clear canvas looks like, and JPEG has no such places. */
async function onCanvas(bitmap, { width, height }) {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  const exact = await encode(canvas, 'image/png');
  if (exact.size <= MAX_BYTES) return { blob: exact, bitmap: canvas };
  context.globalCompositeOperation = 'destination-over';
  context.fillStyle = PAPER;
  context.fillRect(0, 0, width, height);
  return { blob: await encode(canvas, 'image/jpeg'), bitmap: canvas };
}

function encode(canvas, type) {
  return new Promise((resolve) => {
    canvas.toBlob(resolve, type, 0.9);
  });
}
