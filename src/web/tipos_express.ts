import type { ClienteBd } from '../datos/base_de_datos.ts';
import type { RolMembresia } from '../noras/membresia.ts';
import type { NoraRegistrada } from '../noras/registro_dinamico.ts';

/** La persona que hizo la petición, ya comprobada contra la base. */
export interface UsuarioSesion {
  readonly id: string;
  readonly nombre: string;
  readonly correo: string;
  readonly rol: 'admin' | 'cliente';
  /** Es administrador en producción y todavía no activa el doble paso: sólo puede entrar a su cuenta. */
  readonly debeDoblePaso?: boolean;
}

/** La nora de la URL más su cliente de datos: lo único con lo que un módulo puede leer y escribir. */
export interface NoraPeticion extends NoraRegistrada {
  readonly bd: ClienteBd;
}

declare global {
  namespace Express {
    interface Request {
      /** Identificador de la petición: sale en la bitácora y en la cabecera `x-peticion`. */
      id: string;
      /** Quien está en sesión, o null. Existe desde el middleware de sesión. */
      usuario: UsuarioSesion | null;
      /** Sólo dentro de `/panel_cliente/:nombre_nora`, después de la puerta. */
      nora: NoraPeticion;
      /** Cómo entró a esta nora. Sólo dentro de `/panel_cliente/:nombre_nora`. */
      membresia: RolMembresia;
    }
  }
}

declare module 'express-session' {
  interface SessionData {
    /** `sello` cambia con la clave: cambiarla saca a todas las demás sesiones. */
    usuario?: { id: string; sello: string };
    /** Cuándo se alargó por última vez, en ms. */
    renovada?: number;
    /** Desde dónde y cuándo se abrió: la persona lo ve en su lista de sesiones. */
    origen?: { ip: string; agente: string; desde: number };
    /** Comprobó su clave y le falta el segundo paso; caduca solo. */
    porVerificar?: { id: string; sello: string; next: string | null; hasta: number };
    /** Secreto del segundo paso que todavía no se confirma, cifrado. */
    totpNuevo?: string;
    /** La ida a Facebook que esta sesión empezó, y lo que trajo de vuelta; caduca sola. */
    facebook?: { estado: string; verificador: string; nora: string; hasta: number; codigo?: string };
    /** Mensaje para la siguiente página (después de un 303). */
    aviso?: { tipo: 'bien' | 'mal'; texto: string };
  }
}
