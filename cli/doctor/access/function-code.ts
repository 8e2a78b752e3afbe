/**
 * The code of a deployed Lambda function, from the address that GetFunction answers with. The zip may be anybody's: it is
 * never written to a disk, and each size is bounded.
 */
import { unzipSync } from 'fflate';
import { isUsable } from '../../token/issuer.ts';
import { CouldNotSee } from '../check.ts';

/** Bytes of a zip that is downloaded, and of the one file in it: packed, and unpacked. */
const LONGEST_ZIP = 20_000_000;
const LONGEST_PACKED = 4_000_000;
const LONGEST_FILE = 20_000_000;
/** Bytes that packing may add to a small file. */
const PACKING = 1_000;
/** More files are not counted. */
const MOST_FILES = 1_000;
/** Milliseconds for the whole download. */
const TIMEOUT = 20_000;

/** Files of a function's zip. */
export interface FunctionCode {
  /** Names of all files, without folders. */
  readonly names: readonly string[];
  /** Bytes of the file, if it is the only one. */
  readonly content: Uint8Array | undefined;
}

async function bytesOf(answer: Response): Promise<Uint8Array> {
  if (Number(answer.headers.get('content-length') ?? 0) > LONGEST_ZIP)
    throw new CouldNotSee('its zip is too large');
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of answer.body ?? []) {
    size += part.length;
    if (size > LONGEST_ZIP) throw new CouldNotSee('its zip is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/**
 * Downloads the zip. The address has its own signature, so no credentials are sent. A redirect is not followed.
 *
 * @param location https, or a server of this machine
 * @throws CouldNotSee
 */
export async function downloadCode(location: string, timeout = TIMEOUT): Promise<Uint8Array> {
  if (!isUsable(location.replace(/\?[^#]*$/, '')))
    throw new CouldNotSee('the address of its zip is no https URL');
  try {
    const answer = await fetch(location, {
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new CouldNotSee(`its zip cannot be downloaded: status ${answer.status}`);
    }
    return await bytesOf(answer);
  } catch (error) {
    if (error instanceof CouldNotSee) throw error;
    // The address is a secret for some minutes, and is not in these messages.
    throw new CouldNotSee(`its zip cannot be downloaded: ${(error as Error).message}`);
  }
}

function namesIn(zip: Uint8Array): readonly string[] {
  const names: string[] = [];
  let count = 0;
  unzipSync(zip, {
    filter: ({ name }) => {
      count += 1;
      if (count > MOST_FILES) throw new CouldNotSee('its zip has too many files');
      if (!name.endsWith('/')) names.push(name);
      return false;
    },
  });
  return names;
}

/** @throws CouldNotSee if the bytes are no zip, or its file is too large */
export function codeIn(zip: Uint8Array): FunctionCode {
  try {
    const names = namesIn(zip);
    const [only] = names;
    if (only === undefined || names.length > 1) return { names, content: undefined };
    const files = unzipSync(zip, {
      filter: ({ name, size, originalSize }) => {
        if (name !== only) return false;
        // fflate unpacks as much as there is, whatever the zip says of its size.
        if (size > LONGEST_PACKED || originalSize > LONGEST_FILE || size > originalSize + PACKING)
          throw new CouldNotSee('the file in its zip is too large');
        return true;
      },
    });
    return { names, content: new Map(Object.entries(files)).get(only) };
  } catch (error) {
    if (error instanceof CouldNotSee) throw error;
    throw new CouldNotSee(`its zip cannot be read: ${(error as Error).message}`);
  }
}
