import type { Contexto } from '../contexto.ts';
import { ErrorApp } from '../errores.ts';
import { nuevoSecreto } from './huella.ts';

const INVITACION_MIN = 72 * 60;
const RECUPERACION_MIN = 60;

/** Lo que pasó con una liga: si se mandó por correo no se enseña; si no, se enseña esta única vez. */
export interface Entrega {
  correo: string;
  enviada: boolean;
  /** null cuando se mandó por correo. */
  liga: string | null;
  /** Por qué no salió el correo, si se intentó. */
  problema: string | null;
}

export type RolInvitado = 'admin' | 'dueno' | 'agente';

/** Crea una invitación de un solo uso (72 h) y la entrega. La anterior igual deja de valer. */
export async function invitar(
  ctx: Contexto,
  datos: { correo: string; rol: RolInvitado; nombre_nora: string | null },
  quien: string,
): Promise<Entrega> {
  const { secreto, huella } = nuevoSecreto();
  await ctx.bd.servicio
    .rpc('crear_enlace', {
      p: { clase: 'invitacion', huella, minutos: INVITACION_MIN, ...datos },
      p_quien: quien,
    })
    .throwOnError();
  return entregarInvitacion(ctx, datos, secreto);
}

/** Manda o enseña una invitación ya creada. */
export function entregarInvitacion(
  ctx: Contexto,
  { correo, nombre_nora }: { correo: string; nombre_nora: string | null },
  secreto: string,
): Promise<Entrega> {
  const nora = nombre_nora ? ctx.registro.obtener(nombre_nora)?.nombre_visible : null;
  const a = nora ? `al equipo de ${nora} en Nora` : 'a la administración de Nora';
  return entregar(ctx, correo, `/invitacion?t=${secreto}`, {
    asunto: `Te invitaron ${a}`,
    texto: (liga) =>
      `Hola:\n\nTe invitaron ${a}. Abre esta liga para aceptar:\n\n${liga}\n\nSirve una vez y vence en 72 horas. Si no esperabas esto, ignóralo.`,
  });
}

/** Liga para poner una clave nueva (una hora, un uso). La pide la persona o se la da un administrador. */
export async function crearRecuperacion(
  ctx: Contexto,
  usuario: { id: string; correo: string },
  quien: string | null,
): Promise<Entrega> {
  const { secreto, huella } = nuevoSecreto();
  const p = {
    clase: 'recuperacion',
    huella,
    correo: usuario.correo,
    usuario_id: usuario.id,
    minutos: RECUPERACION_MIN,
  };
  await ctx.bd.servicio.rpc('crear_enlace', { p, p_quien: quien as string }).throwOnError();
  return entregar(ctx, usuario.correo, `/recuperar/clave?t=${secreto}`, {
    asunto: 'Pon una clave nueva en Nora',
    texto: (liga) =>
      `Hola:\n\nPediste cambiar tu clave. Abre esta liga para poner una nueva:\n\n${liga}\n\nSirve una vez y vence en una hora. Si no fuiste tú, ignórala: tu clave sigue igual.`,
  });
}

async function entregar(
  ctx: Contexto,
  correo: string,
  ruta: string,
  { asunto, texto }: { asunto: string; texto: (liga: string) => string },
): Promise<Entrega> {
  const liga = ctx.config.urlPublica + ruta;
  if (!ctx.correo) return { correo, enviada: false, liga, problema: null };
  const r = await ctx.correo.enviar({ para: correo, asunto, texto: texto(liga) });
  if (r.ok) return { correo, enviada: true, liga: null, problema: null };
  await ctx.registrarError('Web', `correo: ${r.motivo}`, null, 'cuentas/enlaces');
  return { correo, enviada: false, liga, problema: r.motivo };
}

/** Lo que dice una liga, o null si nunca existió. */
export interface Enlace {
  clase: 'invitacion' | 'recuperacion';
  correo: string;
  rol: RolInvitado | null;
  nombre_nora: string | null;
  nombre_visible: string | null;
  usado: boolean;
  vencido: boolean;
  usuario_id: string | null;
}

/** @throws ErrorApp 410 `liga_invalida`: no existe, ya se usó o venció; desde fuera se dice cuál sólo si existió */
export async function abrirEnlace(ctx: Contexto, huella: string, clase: Enlace['clase']): Promise<Enlace> {
  const { data } = await ctx.bd.servicio.rpc('abrir_enlace', { p_huella: huella }).throwOnError();
  const enlace = data as unknown as Enlace | null;
  if (enlace?.clase !== clase) throw ligaInvalida('no_existe');
  if (enlace.usado) throw ligaInvalida('usada');
  if (enlace.vencido) throw ligaInvalida('vencida');
  return enlace;
}

export function ligaInvalida(por: string): ErrorApp {
  const textos: Record<string, string> = {
    usada: 'Esta liga ya se usó. Si necesitas otra, pídela de nuevo.',
    vencida: 'Esta liga venció. Pide una nueva.',
    no_existe: 'Esta liga no sirve. Revisa que esté completa o pide una nueva.',
    ajena: 'Esta invitación es para otra cuenta. Cierra sesión y ábrela de nuevo.',
  };
  return new ErrorApp(
    por === 'ajena' ? 403 : 410,
    'liga_invalida',
    textos[por] ?? textos['no_existe'] ?? '',
    { por },
  );
}
