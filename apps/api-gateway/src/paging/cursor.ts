import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiProblem } from '../http/api-problem.js';

const MAC_BYTES = 16;

/**
 * Opaque places in a list: where the page before ended, signed, so that nobody reads other rows by writing one.
 * A cursor belongs to one workspace, one list and one set of filters; anywhere else it is refused.
 */
export class CursorCodec {
  constructor(private readonly secret: string | Buffer) {}

  /** @param scope workspace, list and filters; never shown. */
  encode(scope: string, key: readonly string[]): string {
    const body = Buffer.from(JSON.stringify({ v: 1, k: key }));
    return Buffer.concat([this.mac(scope, body), body]).toString('base64url');
  }

  /** @throws ApiProblem `invalid_cursor` for everything that `encode` did not make with this scope. */
  decode(scope: string, cursor: string): string[] {
    const bytes = Buffer.from(cursor, 'base64url');
    const body = bytes.subarray(MAC_BYTES);
    if (body.length === 0 || !timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(scope, body))) {
      throw new ApiProblem(
        'invalid_cursor',
        'The cursor is not one of this list with these filters; take next_cursor of the page before, or start without',
      );
    }
    return (JSON.parse(body.toString()) as { k: string[] }).k;
  }

  private mac(scope: string, body: Buffer): Buffer {
    return createHmac('sha256', this.secret).update(scope).update('\0').update(body).digest().subarray(0, MAC_BYTES);
  }
}
