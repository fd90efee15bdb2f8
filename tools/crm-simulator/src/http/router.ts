/** Owns the match of method and path to a route. */
import type { Route } from './http-call.js';
import { HttpProblem } from './http-problem.js';

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Throws 404 for an unknown path, 405 with `Allow` for a known one. */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch {
  const matches = routes.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params ? [{ route, params }] : [];
  });
  const match = matches.find((candidate) => candidate.route.method === method);
  if (match) return match;
  if (matches.length === 0) throw new HttpProblem(404, 'route_not_found', `There is no route ${path}.`);
  const allow = matches.map((candidate) => candidate.route.method).join(', ');
  throw new HttpProblem(405, 'method_not_allowed', `${path} takes ${allow}, not ${method}.`, { headers: { allow } });
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const expected = pattern.split('/');
  const actual = path.split('/');
  if (expected.length !== actual.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const value = actual[index] ?? '';
    if (!part.startsWith('{')) {
      if (part !== value) return null;
    } else if (value === '') {
      return null;
    } else {
      params[part.slice(1, -1)] = decode(value);
    }
  }
  return params;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpProblem(400, 'malformed_path', `"${part}" in the path is not valid percent-encoding.`);
  }
}
