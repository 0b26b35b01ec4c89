import { setTimeout as dormir } from 'node:timers/promises';
import type { Banco, ServidorNora } from './banco.ts';
import { resumir } from './estadistica.ts';
import type { Navegador } from './navegador.ts';
import { GRANDE, tamanoDeLaGrande } from './siembra.ts';
import type { Renglon } from './tabla.ts';

const FILAS = 50_000;
const ms = (n: number): string => `${n < 10 ? n.toFixed(1) : Math.round(n)} ms`;

/** Cincuenta mil renglones por la misma puerta que usa la dueña, y llevarse a todos de regreso. */
export async function medirContactos(
  banco: Banco,
  nora: ServidorNora,
  navegador: Navegador,
): Promise<Renglon[]> {
  // Primero lo que se lleva: lo que deja la importación en memoria no debe contarse como suyo.
  const salida = await medirExportacion(nora, navegador);
  return [await medirImportacion(banco, nora, navegador), salida];
}

/** De soltar el archivo a que la última fila tiene su resultado; en una nora vacía, con nombre, correo y etiqueta. */
async function medirImportacion(banco: Banco, nora: ServidorNora, navegador: Navegador): Promise<Renglon> {
  const base = `${nora.url}/panel_cliente/carga-0/contactos`;
  const pagina = await fetch(`${base}/importar`, { headers: { cookie: navegador.cookie } });
  const csrf = /name="_csrf" value="([^"]+)"/.exec(await pagina.text())?.[1] ?? '';
  const cabeceras = { cookie: navegador.cookie, 'x-csrf-token': csrf, accept: 'application/json' };
  const lineas = Array.from(
    { length: FILAS },
    (_, i) => `662${String(3_000_000 + i)},Persona ${i},persona${i}@correo.mx,Cliente`,
  );
  const datos = new FormData();
  datos.append(
    'archivo',
    new Blob([`Teléfono,Nombre,Correo,Etiquetas\n${lineas.join('\n')}`]),
    'contactos.csv',
  );

  const inicio = performance.now();
  const subida = await fetch(`${base}/importaciones`, { method: 'POST', headers: cabeceras, body: datos });
  if (subida.status !== 201)
    throw new Error(`La importación contestó ${subida.status}: ${await subida.text()}`);
  const { id } = (await subida.json()) as { id: string };
  const cuerpo = new URLSearchParams();
  for (const destino of ['telefono', 'nombre', 'correo', 'etiquetas']) cuerpo.append('columna', destino);
  const arranque = await fetch(`${base}/importaciones/${id}/inicio`, {
    method: 'POST',
    redirect: 'manual',
    headers: cabeceras,
    body: cuerpo,
  });
  if (arranque.status >= 400)
    throw new Error(`El arranque contestó ${arranque.status}: ${await arranque.text()}`);
  const hecha = await terminada(banco, id);
  const segundos = (performance.now() - inicio) / 1000;
  return {
    que: `CSV of ${FILAS.toLocaleString('es-MX')} contacts, from upload to last outcome`,
    resultado: `${segundos.toFixed(1)} s (${hecha.creadas.toLocaleString('es-MX')} created)`,
    meta: '< 30 s',
    cumple: segundos < 30 && hecha.creadas === FILAS,
  };
}

async function terminada(banco: Banco, id: string): Promise<{ creadas: number }> {
  for (let i = 0; i < 600; i++) {
    const [imp] = await banco.sql<{ creadas: number }>(
      'select creadas from importaciones_contactos where id = $1 and terminado is not null',
      [id],
    );
    if (imp) return imp;
    await dormir(200);
  }
  throw new Error('La importación no terminó en dos minutos');
}

/** Todos los contactos de la nora grande, leyendo como lee un navegador; la memoria se mira cada 50 ms. */
async function medirExportacion(nora: ServidorNora, navegador: Navegador): Promise<Renglon> {
  const antes = nora.rssMb();
  let mayor = antes;
  const reloj = setInterval(() => {
    mayor = Math.max(mayor, nora.rssMb());
  }, 50);
  try {
    const inicio = performance.now();
    const r = await fetch(`${nora.url}/panel_cliente/${GRANDE}/contactos/exportar.csv`, {
      headers: { cookie: navegador.cookie, 'accept-encoding': 'identity' },
    });
    let renglones = -1;
    let bytes = 0;
    for await (const trozo of r.body ?? []) {
      bytes += trozo.length;
      for (const b of trozo as Uint8Array) if (b === 10) renglones++;
    }
    const segundos = (performance.now() - inicio) / 1000;
    return {
      que: `Export of ${renglones.toLocaleString('es-MX')} contacts as CSV`,
      resultado: `${segundos.toFixed(1)} s, ${(bytes / 2 ** 20).toFixed(1)} MB; Node memory from ${Math.round(antes)} to ${Math.round(mayor)} MB`,
      meta: 'flat memory (< 60 MB more)',
      cumple: r.status === 200 && mayor - antes < 60,
    };
  } finally {
    clearInterval(reloj);
  }
}

/** Los filtros de los chats y de contactos, en la nora grande. */
export async function medirFiltros(banco: Banco, navegador: Navegador): Promise<Renglon[]> {
  const chat = `/panel_cliente/${GRANDE}/chat`;
  const contactos = `/panel_cliente/${GRANDE}/contactos`;
  const paginas: [string, string, boolean][] = [
    ['Chats: waiting for a person', `${chat}?filtro=esperando`, false],
    ['Chats: mine', `${chat}?filtro=mios`, false],
    ['Chats: unassigned', `${chat}?filtro=sin_asignar`, false],
    ['Chats: snoozed', `${chat}?filtro=pospuestas`, false],
    ['Chats: resolved', `${chat}?filtro=resueltas`, false],
    ['Chats: one tag', `${chat}?filtro=etiqueta&etiqueta=vip`, false],
    ['Contact list', contactos, true],
    ['Contacts: with one tag and without another', `${contactos}?alguna=vip&ninguna=moroso`, false],
    ['Contacts: unread, with Nora on', `${contactos}?sin_leer=1&ia=si`, false],
    ['Contacts: no messages for 60 days', `${contactos}?hace_mas=60`, false],
    ['Contacts: by half a phone number', `${contactos}?q=1054321`, true],
    ['Contacts: by name and company', `${contactos}?q=${encodeURIComponent('maría comercial')}`, false],
    ['Contacts: by a custom field nobody has', `${contactos}?campo.calle.contiene=morelos`, false],
  ];
  const tiempos = paginas.map((): number[] => []);
  for (let i = 0; i < 32; i++) {
    for (const [j, [que, ruta]] of paginas.entries()) {
      const r = await navegador.pedir(ruta);
      if (r.estado !== 200) throw new Error(`${que}: contestó ${r.estado}`);
      if (i >= 2) tiempos[j]?.push(r.ms);
    }
  }
  const n = await tamanoDeLaGrande(banco);
  return paginas.map(([que, , conMeta], j) => {
    const r = resumir(tiempos[j] ?? []);
    return {
      que: `${que}, ${n.contactos} contacts`,
      resultado: `p50 ${ms(r.p50)}, p95 ${ms(r.p95)}`,
      ...(conMeta && { meta: 'p95 < 60 ms', cumple: r.p95 < 60 }),
    };
  });
}
