import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { medirPaginaAnuncios } from './carga/anuncios.ts';
import { abrirBanco, type Banco, type ServidorNora } from './carga/banco.ts';
import { medirBusqueda } from './carga/busqueda.ts';
import { abrirHijo } from './carga/canal.ts';
import { medirContactos, medirFiltros } from './carga/contactos.ts';
import {
  aplazarTurnos,
  medirArranque,
  medirEntrada,
  medirPaginas,
  medirRegistro,
  medirRespuesta,
  medirRitmo,
  medirVivo,
  NORAS,
  type Proveedores,
} from './carga/medidas.ts';
import type { Cuenta } from './carga/mensajes.ts';
import { entrar } from './carga/navegador.ts';
import { medirPintado } from './carga/pintado.ts';
import { medirCuentaGrande, medirSincronizacion } from './carga/sincronizacion.ts';
import { sembrarGrande, sembrarNoras } from './carga/siembra.ts';
import { sembrarAnuncios } from './carga/siembra_anuncios.ts';
import { sembrarTablero } from './carga/siembra_tablero.ts';
import { describirMaquina, escribirTabla, ponerEnReadme, type Renglon } from './carga/tabla.ts';
import { medirTablero } from './carga/tablero.ts';

/**
 * `npm run carga [-- --readme] [-- --solo=entrada,paginas] [-- --perfil=carpeta] [-- --contactos=100000]`
 * Levanta lo suyo en loopback, mide y escribe una tabla. Cada pieza (servidor, generador, proveedores, navegadores)
 * es un proceso aparte; todo lo que arranca lo detiene, también si falla o se interrumpe.
 */
const { values: opciones } = parseArgs({
  options: {
    readme: { type: 'boolean', default: false },
    solo: {
      type: 'string',
      default:
        'entrada,ritmo,paginas,filtros,contactos,vivo,respuesta,tablero,anuncios,registro,busqueda,pintado',
    },
    perfil: { type: 'string' },
    contactos: { type: 'string', default: '100000' },
  },
});
const pedidas = new Set(opciones.solo.split(','));
const cuenta: Cuenta = {
  accountSid: `AC${randomBytes(16).toString('hex')}`,
  authToken: randomBytes(16).toString('hex'),
};
const inicio = performance.now();
const renglones: Renglon[] = [];
let version = '';
const cierres: (() => Promise<unknown>)[] = [];
for (const senal of ['SIGINT', 'SIGTERM'] as const)
  process.once(senal, () => void cerrarTodo().finally(() => process.exit(130)));

try {
  const proveedores = abrirHijo('proveedores.ts') as Proveedores;
  cierres.push(() => proveedores.parar());
  const puertoProveedores = await proveedores.pedir({ tipo: 'abrir' });
  const urlProveedores = `http://127.0.0.1:${puertoProveedores}`;
  const nuevoBanco = async (): Promise<Banco> => {
    const banco = await abrirBanco(cuenta, urlProveedores, opciones.perfil ?? null);
    cierres.push(() => banco.cerrar());
    [{ version }] = (await banco.sql(`select current_setting('server_version') as version`)) as [
      { version: string },
    ];
    return banco;
  };

  if (
    ['entrada', 'ritmo', 'paginas', 'filtros', 'contactos', 'vivo', 'respuesta'].some((m) => pedidas.has(m))
  ) {
    const banco = await nuevoBanco();
    await sembrarNoras(banco, NORAS);
    avisar('noras sembradas');
    await sembrarGrande(banco, Number(opciones.contactos));
    avisar('nora grande sembrada');
    await medirConversacion(banco, proveedores, urlProveedores);
  }
  if (pedidas.has('busqueda')) anotar(...(await medirBusqueda(await nuevoBanco())));
  if (pedidas.has('pintado')) anotar(...(await medirPintado(await nuevoBanco())));
  if (pedidas.has('tablero')) {
    const banco = await nuevoBanco();
    await sembrarNoras(banco, 200);
    await sembrarTablero(banco, 200, 1_000_000);
    avisar('tablero sembrado');
    const nora = await banco.arrancar();
    anotar(...(await medirTablero(banco, nora)));
    await nora.parar();
  }
  if (pedidas.has('anuncios')) {
    const banco = await nuevoBanco();
    await sembrarNoras(banco, 1);
    await sembrarAnuncios(banco, { nora: 'carga-0', anuncios: 200, dias: 730, llegadas: 2000 });
    avisar('anuncios sembrados');
    const nora = await banco.arrancar();
    anotar(...(await medirPaginaAnuncios(nora, 'carga-0')));
    await nora.parar();
    const otro = await nuevoBanco();
    await sembrarNoras(otro, 1);
    anotar(...(await medirSincronizacion(otro, 'carga-0')));
    anotar(...(await medirCuentaGrande(otro, 'carga-0')));
  }
  if (pedidas.has('registro')) {
    const [chico, enorme] = [await nuevoBanco(), await nuevoBanco()];
    await sembrarNoras(chico, 10);
    await sembrarNoras(enorme, 10_000);
    avisar('registros sembrados');
    anotar(await medirArranque(enorme));
    const a = await chico.arrancar();
    const b = await enorme.arrancar();
    anotar(...(await medirRegistro(a, b)));
  }
  const bloque = `${escribirTabla(renglones)}\n\n${describirMaquina(version, (performance.now() - inicio) / 1000)}`;
  console.log(`\n${bloque}\n`);
  if (opciones.readme) ponerEnReadme(join(import.meta.dirname, '../README.md'), bloque);
} finally {
  await cerrarTodo();
}
process.exit(0);

/** Dos procesos de Nora, uno tras otro: el primero sólo recibe (los turnos aún no vencen), el segundo también contesta. */
async function medirConversacion(
  banco: Banco,
  proveedores: Proveedores,
  urlProveedores: string,
): Promise<void> {
  const conModelo = {
    OPENAI_API_KEY: 'sk-carga',
    OPENAI_BASE_URL: `${urlProveedores}/v1`,
    OPENAI_MODELO: 'modelo-carga',
  };
  let memoria = 0;
  if (pedidas.has('entrada') || pedidas.has('ritmo')) {
    const nora = await banco.arrancar({ ...conModelo, ESPERA_RAFAGA_MS: '60000' });
    if (pedidas.has('entrada')) anotar(...(await medirEntrada(banco, nora, cuenta)));
    await aplazarTurnos(banco);
    if (pedidas.has('ritmo')) anotar(await medirRitmo(nora, cuenta, '500 webhooks/s steady'));
    memoria = await retirar(nora, memoria);
    // Lo recibido sin contestar se da por atendido: lo que sigue mide otra cosa.
    await banco.sql('delete from atenciones');
    await banco.sql('update contactos set epoca_resuelta = epoca where epoca_resuelta <> epoca');
    await banco.sql('vacuum analyze contactos, atenciones, historial_conversaciones');
  }
  const nora = await banco.arrancar({ ...conModelo, ESPERA_RAFAGA_MS: '0', TOPE_RESPUESTAS_HORA: '1000' });
  const navegador = await entrar(nora.url);
  if (pedidas.has('paginas')) anotar(...(await medirPaginas(banco, navegador)));
  if (pedidas.has('filtros')) anotar(...(await medirFiltros(banco, navegador)));
  if (pedidas.has('contactos')) anotar(...(await medirContactos(banco, nora, navegador)));
  if (pedidas.has('respuesta')) anotar(await medirRespuesta(nora, cuenta, proveedores));
  if (pedidas.has('vivo')) anotar(...(await medirVivo(nora, cuenta, navegador)));
  if (pedidas.has('entrada'))
    anotar(
      await medirRitmo(nora, cuenta, '500 webhooks/s while the same process answers what it can', false),
    );
  navegador.cerrar();
  memoria = await retirar(nora, memoria);
  anotar({
    que: 'Memory of Node at the end (RSS, the larger of two processes)',
    resultado: `${Math.round(memoria)} MB`,
    meta: '< 300 MB',
    cumple: memoria < 300,
  });
}

async function retirar(nora: ServidorNora, memoria: number): Promise<number> {
  const suya = nora.rssMb();
  await nora.parar();
  return Math.max(memoria, suya);
}

function anotar(...nuevos: Renglon[]): void {
  renglones.push(...nuevos);
  for (const r of nuevos) avisar(`${r.que}: ${r.resultado}`);
}

function avisar(texto: string): void {
  console.error(`${((performance.now() - inicio) / 1000).toFixed(0).padStart(4)} s  ${texto}`);
}

async function cerrarTodo(): Promise<void> {
  for (const cerrar of cierres.splice(0).reverse()) await cerrar().catch(() => undefined);
}
