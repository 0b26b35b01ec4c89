import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Iconos de lucide que viajan en el sprite. Para usar otro, agrega su nombre aquí (lucide.dev/icons). */
export const ICONOS = [
  // Marco y módulos
  'house',
  'message-circle',
  'users',
  'tag',
  'sparkles',
  'power-off',
  'zap',
  'book-open',
  'send',
  'megaphone',
  'chart-column',
  'list-checks',
  'shield',
  'smartphone',
  'building-2',
  // Acciones
  'plus',
  'x',
  'check',
  'search',
  'pencil',
  'trash-2',
  'copy',
  'download',
  'upload',
  'external-link',
  'arrow-left',
  'arrow-right',
  'arrow-up',
  'arrow-down',
  'chevron-down',
  'chevron-up',
  'chevron-left',
  'chevron-right',
  'chevrons-up-down',
  'ellipsis',
  'ellipsis-vertical',
  'menu',
  'settings',
  'sliders-horizontal',
  'funnel',
  'refresh-cw',
  'rotate-ccw',
  'log-out',
  'eye',
  'eye-off',
  'sun',
  'moon',
  'monitor',
  'power',
  // Chat
  'hand',
  'bot',
  'keyboard',
  'circle-question-mark',
  'bot-off',
  'paperclip',
  'image',
  'file-text',
  'file',
  'mic',
  'video',
  'map-pin',
  'contact',
  'sticky-note',
  'check-check',
  'clock',
  'circle-alert',
  'triangle-alert',
  'message-square-text',
  'message-circle-question-mark',
  'reply',
  'bell',
  'bell-off',
  'volume-2',
  'volume-x',
  'pause',
  'play',
  'ban',
  'info',
  'panel-right',
  'user',
  'user-plus',
  'user-check',
  'phone',
  'mail',
  'calendar',
  'smile',
  'slash',
  'wifi-off',
  'quote',
  'link',
  'star',
  'pin',
  'archive',
  'inbox',
  // Estados
  'circle-check',
  'circle',
  'circle-x',
  'circle-dashed',
  'loader-circle',
  'keyboard',
  'messages-square',
  'rotate-cw',
  'list-todo',
  'graduation-cap',
  'log-in',
  'flask-conical',
  'lock',
  'key-round',
  'database',
  'cloud-off',
  'hash',
  'at-sign',
  'list',
  'grip-vertical',
] as const;

export type NombreIcono = (typeof ICONOS)[number];

const CARPETA = new URL('../../node_modules/lucide-static/icons/', import.meta.url);
const conocidos: ReadonlySet<string> = new Set(ICONOS);
let armado: { sprite: string; version: string } | null = null;

/**
 * Etiqueta `<svg>` de un icono del sprite, lista para `<%-`. Es decorativo: el texto accesible va en su botón.
 * @throws Error si el nombre no está en ICONOS, para que se note al escribir la vista y no como un hueco.
 */
export function icono(nombre: string, clase = ''): string {
  if (!conocidos.has(nombre)) throw new Error(`El icono «${nombre}» no está en ICONOS (src/web/iconos.ts)`);
  const clases = /^[\w\s-]*$/.test(clase) && clase ? `icono ${clase}` : 'icono';
  return `<svg class="${clases}" aria-hidden="true" focusable="false"><use href="${urlSprite()}#${nombre}"/></svg>`;
}

/** URL del sprite con su huella. */
export function urlSprite(): string {
  return `/iconos.svg?v=${armarSprite().version}`;
}

/** Arma el sprite una vez por proceso: un `<symbol>` por icono, sin estilos propios (los pone `svg.icono`). */
export function armarSprite(): { sprite: string; version: string } {
  if (armado) return armado;
  const simbolos = ICONOS.map((nombre) => {
    const dibujo = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(
      readFileSync(new URL(`${nombre}.svg`, CARPETA), 'utf8'),
    )?.[1];
    if (!dibujo) throw new Error(`lucide-static no trae un dibujo legible para «${nombre}»`);
    return `<symbol id="${nombre}" viewBox="0 0 24 24">${dibujo.replace(/\s+/g, ' ').trim()}</symbol>`;
  });
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${simbolos.join('')}</svg>`;
  armado = { sprite, version: createHash('sha256').update(sprite).digest('hex').slice(0, 10) };
  return armado;
}
