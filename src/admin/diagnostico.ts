import type { Contexto } from '../contexto.ts';
import { CLAVES_MODULOS, MODULOS } from '../modulos/index.ts';
import { cuantos } from '../web/fechas.ts';

export interface Revision {
  titulo: string;
  /** null = no aplica. */
  bien: boolean | null;
  detalle: string;
}

/** Revisa una nora y un módulo de punta a punta: filas, puerta, rutas, credenciales y últimos errores. */
export async function diagnosticar(
  ctx: Pick<Contexto, 'bd' | 'registro' | 'llavero' | 'whatsapp' | 'modelo'>,
  nombre_nora: string,
  clave: string,
): Promise<Revision[]> {
  const servicio = ctx.bd.servicio;
  const nora = ctx.registro.obtener(nombre_nora);
  if (!nora) return [{ titulo: 'Nora', bien: false, detalle: `No existe «${nombre_nora}».` }];
  const r: Revision[] = [
    { titulo: 'Nora', bien: nora.activo, detalle: nora.activo ? nora.nombre_visible : 'Está suspendida.' },
  ];
  const anotar = (titulo: string, bien: boolean | null, detalle: string) => r.push({ titulo, bien, detalle });

  const existe = (CLAVES_MODULOS as readonly string[]).includes(clave);
  anotar(
    'Clave de módulo',
    existe,
    existe ? clave : `«${clave}» no es un módulo: ${CLAVES_MODULOS.join(', ')}.`,
  );
  const { data: filas } = await servicio
    .from('modulos_disponibles')
    .select('modulo, activo')
    .eq('nombre_nora', nombre_nora)
    .throwOnError();
  const faltan = CLAVES_MODULOS.filter((c) => !filas.some((f) => f.modulo === c));
  anotar(
    'Filas de módulos',
    faltan.length === 0,
    faltan.length ? `Faltan: ${faltan.join(', ')}.` : 'Una por módulo.',
  );
  const fila = filas.find((f) => f.modulo === clave);
  anotar(
    'Encendido en la base',
    fila?.activo ?? false,
    fila ? (fila.activo ? 'Sí.' : 'Está apagado.') : 'No tiene fila.',
  );
  const puerta = ctx.registro.moduloActivo(nombre_nora, clave);
  anotar('Puerta', puerta, puerta ? 'Deja pasar.' : 'Contesta 404.');
  const conCodigo = MODULOS.some((m) => m.clave === clave);
  anotar('Código', conCodigo, conCodigo ? 'Está montado en esta versión.' : 'Esta versión no lo trae.');
  const { count } = await servicio
    .from('rutas_registradas')
    .select('id', { count: 'exact', head: true })
    .eq('nombre_nora', nombre_nora)
    .like('ruta', `/panel_cliente/${nombre_nora}/${clave}%`)
    .throwOnError();
  anotar('Rutas registradas', (count ?? 0) > 0, `${count ?? 0} rutas.`);
  try {
    const propias = await ctx.llavero.deNora(nombre_nora);
    const estado = await ctx.whatsapp.estado(propias);
    anotar('WhatsApp', estado.ok, `${propias ? 'Cuenta propia' : 'Cuenta general'}: ${estado.detalle}`);
  } catch {
    anotar('WhatsApp', false, 'Las credenciales guardadas no abren con esta CLAVE_CIFRADO.');
  }
  if (clave === 'ia') r.push(await revisarModelo(ctx));
  if (clave === 'ads') r.push(await revisarAnuncios(ctx, nombre_nora));
  anotar('Número', nora.numero_nora !== null, nora.numero_nora ?? 'Sin número: no recibe mensajes.');
  const { data: errores } = await servicio
    .from('logs_errores')
    .select('tipo, descripcion, veces, fecha_hora')
    .eq('nombre_nora', nombre_nora)
    .eq('resuelto', false)
    .order('fecha_hora', { ascending: false })
    .limit(5)
    .throwOnError();
  anotar(
    'Errores sin resolver',
    errores.length === 0,
    errores.length ? `${cuantos(errores.length, 'reciente', 'recientes')}:` : 'Ninguno.',
  );
  for (const e of errores)
    anotar(
      `  ${e.tipo}, ${e.veces} veces`,
      null,
      `${e.descripcion.split('\n', 1)[0] ?? ''} (${e.fecha_hora})`,
    );
  return r;
}

async function revisarModelo({ modelo }: Pick<Contexto, 'modelo'>): Promise<Revision> {
  const titulo = 'Proveedor de IA';
  // El modo local contesta: es menos de lo que se vende, no una falla.
  if (!modelo) return { titulo, bien: null, detalle: 'Modo local: falta OPENAI_API_KEY.' };
  const { ok, detalle } = await modelo.estado();
  return { titulo, bien: ok, detalle };
}

async function revisarAnuncios({ bd }: Pick<Contexto, 'bd'>, nora: string): Promise<Revision> {
  const { data } = await bd.servicio
    .from('meta_ads_cuentas')
    .select('ad_account_id, nombre, estado_conexion')
    .eq('nombre_nora', nora)
    .eq('activo', true)
    .throwOnError();
  const rotas = data.filter((c) => c.estado_conexion !== 'conectada');
  const decir = (c: (typeof data)[number]) => `${c.nombre ?? c.ad_account_id}: ${c.estado_conexion}`;
  return {
    titulo: 'Cuentas de Meta',
    bien: data.length > 0 && rotas.length === 0,
    detalle: data.length === 0 ? 'Ninguna conectada.' : data.map(decir).join(', '),
  };
}
