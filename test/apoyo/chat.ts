import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { ir } from './navegador.ts';
import type { NoraDePrueba } from './nora.ts';

/** El número de la nora a la que escriben. */
export const NUMERO = '+526620000001';
export const CHAT = '/panel_cliente/aura/chat';

/** Abre una conversación y espera a que este navegador esté en la sala: antes, una señal se perdería y la prueba también. */
export async function abrirConversacion(n: NoraDePrueba, pagina: Page, contacto: string): Promise<void> {
  await ir(pagina, `${n.url}${CHAT}/${contacto}`);
  await conectado(n);
}

export async function conectado(n: NoraDePrueba): Promise<void> {
  const sala = 'nora:aura:chat';
  for (let i = 0; i < 200; i++) {
    if ((n.sockets.io.sockets.adapter.rooms.get(sala)?.size ?? 0) > 0) return;
    await new Promise((listo) => setTimeout(listo, 20));
  }
  throw new Error('El navegador no entró a su sala');
}

export interface QuienEscribe {
  /** Cómo se llama en WhatsApp. */
  perfil?: string;
  /** Id de alguien que ya escribió. */
  contacto?: string;
  /** Cuándo lo dijo, si llega tarde. */
  fecha?: Date;
}

let siguiente = 5000;

/** Alguien escribe por WhatsApp: de `contacto` si se da, o de un número nuevo. Lo anuncia como lo haría el webhook. */
export async function recibirMensaje(
  n: NoraDePrueba,
  texto: string,
  { perfil = 'Alguien', contacto, fecha }: QuienEscribe = {},
): Promise<{ contacto: string; id: string }> {
  const { rows } = contacto
    ? await n.ctx.bd.pool.query('select telefono from contactos where id = $1', [contacto])
    : { rows: [] };
  const telefono = rows[0]?.telefono ?? `+52662300${siguiente++}`;
  const { data } = await n.ctx.bd.servicio
    .rpc('recibir_mensajes', {
      p: [
        { sid: `SM${randomUUID()}`, to: NUMERO, telefono, cuerpo: texto, perfil, crudo: {}, fecha },
      ] as never,
    })
    .throwOnError();
  const [hecho] = data as unknown as { id: string; c: string }[];
  assert.ok(hecho);
  n.ctx.vivo.emitir('aura', 'mensaje:nuevo', { contacto_id: hecho.c, id: hecho.id, autor: 'contacto' });
  return { contacto: hecho.c, id: hecho.id };
}
