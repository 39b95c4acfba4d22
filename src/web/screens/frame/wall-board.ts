// A device on the wall, while it shows the whiteboard: nothing stands around it, and it is neither covered nor locked.
import { useLocation } from 'react-router';
import { usePreferences } from './preferences.ts';

export function useIsWallBoard(): boolean {
  const { wall } = usePreferences();
  const { pathname } = useLocation();
  return wall && pathname === '/whiteboard';
}
